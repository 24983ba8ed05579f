export { type TestAuthority, testAuthority } from './certificates.ts';
export { type ContractClient, type ContractReply, contractClient } from './contract-client.ts';
export { type TestDatabase, testDatabase } from './database.ts';
export { testEnvelopes } from './envelopes.ts';
export { eventually } from './eventually.ts';
export { freePort, startTestNats, type TestNats, testBroker } from './nats.ts';
export { type PlanStep, rowsRead } from './rows-read.ts';
export { type TestTokens, testTokens } from './tokens.ts';
export { layWire, type Wire } from './wire.ts';
