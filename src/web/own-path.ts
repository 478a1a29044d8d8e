/** Where a form says that the reader was: a page of ours, whatever somebody has written into it. */

/** Characters. */
const LONGEST = 2000;

/** Of no meaning but on our own origin: any is resolved against it, and must stay there. */
const BASE = 'https://here.invalid';

/** The path with its query; `/` for whatever is no path of ours. */
export function ownPath(given: string | undefined): string {
  if (given === undefined || given.length > LONGEST) return '/';
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(given) || !URL.canParse(given, BASE)) return '/';
  const { origin, pathname, search } = new URL(given, BASE);
  // `/.//there` is a path here, and the host of another one where it is taken apart and put together.
  return origin === BASE && !pathname.startsWith('//') ? pathname + search : '/';
}

/** The page that is being shown, to come back to by GET. `form`: the page of the form that was posted. */
export function pathHere(
  { method, originalUrl }: { method: string; originalUrl: string },
  form: string,
): string {
  return method === 'GET' || method === 'HEAD' ? ownPath(originalUrl) : form;
}
