import { choosePorts } from './choose-ports.ts';

// A process that chooses ports, prints them, and keeps them until its input ends.
const names = Array.from({ length: 120 }, (_, index) => `port-${index}`);
const before = process.argv[2] === undefined ? {} : { [names[0] as string]: Number(process.argv[2]) };
console.log(Object.values(await choosePorts(names, before)).join());
process.stdin.resume();
