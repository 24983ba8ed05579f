import type { IncomingHttpHeaders } from 'node:http';
import { LANGUAGES, type Language } from '@guichet/contract';
import Negotiator from 'negotiator';

/** The language that a document is written in: the best of the request's Accept-Language (RFC 9110 §12.5.4), else English. */
export function languageOf(headers: IncomingHttpHeaders): Language {
  const best = new Negotiator({ headers }).language([...LANGUAGES]);
  return best === 'fr' ? 'fr' : 'en';
}
