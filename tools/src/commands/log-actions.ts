import { writeFile } from 'node:fs/promises';
import { LOG_PAGE, logPage, readCatalogs } from '../docs/log-page.ts';
import { LOG_WORDS, logWords } from '../docs/log-words.ts';

// `npm run log-actions` writes the page of every action of the audit log, and the words by which the log finds entries.
const catalogs = await readCatalogs();
await writeFile(LOG_PAGE, logPage(catalogs));
await writeFile(LOG_WORDS, logWords(catalogs));
console.log(`wrote ${LOG_PAGE}\nwrote ${LOG_WORDS}`);
