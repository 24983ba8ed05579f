import { createConnection } from 'mysql2/promise';
import type { BareTarget } from './bare-client.ts';
import { median } from './closed-loop.ts';

const COMMITS = 300;
const WARM_UP = 50;

/** The median time of a durable commit of one row by one client alone, its round trip included, in milliseconds. */
export async function commitLatencyMs(target: BareTarget): Promise<number> {
  const connection = await createConnection({ host: '127.0.0.1', ...target });
  try {
    await connection.query('CREATE TABLE commits (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB');
    await connection.query('INSERT INTO commits VALUES (1, 0)');
    const times: number[] = [];
    for (let count = 0; count < WARM_UP + COMMITS; count += 1) {
      const beganAt = performance.now();
      await connection.query('UPDATE commits SET n = n + 1 WHERE id = 1');
      if (count >= WARM_UP) times.push(performance.now() - beganAt);
    }
    return median(times);
  } finally {
    await connection.end();
  }
}
