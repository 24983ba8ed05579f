export { sealingKeys } from './sealing-keys.ts';
export { createVault, sealingKeyId, type Vault } from './vault.ts';
