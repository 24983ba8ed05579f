import { writeSettingsTables } from '../settings/readmes.ts';

// `npm run settings` writes the tables of settings in the READMEs from each process's config.ts.
const stale = await writeSettingsTables();
for (const path of stale) console.log(`wrote ${path}`);
if (stale.length === 0) console.log('Every README is up to date.');
