import { writeFile } from 'node:fs/promises';
import { LOG_PAGE, logPage, readCatalogs } from '../docs/log-page.ts';

// `npm run log-actions` writes the page of every action of the audit log.
await writeFile(LOG_PAGE, logPage(await readCatalogs()));
console.log(`wrote ${LOG_PAGE}`);
