/** What is wrong, for whoever writes the program that did it: in English and ASCII (RFC 6749 §5.2). */
import { STATUS_CODES } from 'node:http';
import type { Problem } from '../../problem.ts';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'ambiguous-request': 'the request target or its Host can be read in more ways than one',
  'content-type': 'only application/x-www-form-urlencoded bodies are read here',
  csrf: 'the form is not one that was shown to this browser',
  damaged: 'something that is needed for this cannot be read; the log of the server says what',
  host: 'this service has another host name, that of its issuer',
  'interaction-expired': 'the sign-in has expired, or is finished',
  'interaction-foreign': 'the sign-in was begun in another browser',
  'not-found': 'there is nothing at this path',
  'request-aborted': 'the body did not arrive whole',
  'request-too-long': 'the parameters are too long',
  server: 'something went wrong in the server; its log says what',
  'too-large': 'the body is too large',
  'too-many-sign-ins': 'too many sign-ins were begun from this address',
  unavailable: 'the store of the server cannot be reached, try again later',
};

/** For `error_description`. */
export function describeProblem({ code, status, values }: Problem): string {
  if (code === 'method-not-allowed') return `allowed at this path: ${values['allow']}`;
  return DESCRIPTIONS[code] ?? STATUS_CODES[status] ?? code;
}
