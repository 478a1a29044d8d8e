/** How a sign-in for a device ends: it is let in, or it is not and somebody wants to know why. */
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { DeviceCodeSettled } from '../../oidc/adapters/device-adapter.ts';
import type { Pages } from '../pages.ts';
import { DEVICE, showCodePage } from './device.ts';

/** The library's errors that are shown on the page of the code, by their names (helpers/re_render_errors.js). */
const AT_CODE: Readonly<Record<string, string>> = {
  NotFoundError: 'user-code-unknown',
  ExpiredError: 'user-code-expired',
  AlreadyUsedError: 'user-code-used',
};

type ShowError = (ctx: KoaContextWithOIDC, out: ErrorOut, error: Error) => void | Promise<void>;

/** `showError`: for what has to do with no code. */
export function deviceEndPages(pages: Pages, showError: ShowError) {
  return {
    deviceLetIn: (ctx: KoaContextWithOIDC): void => goTo(ctx, `${DEVICE}/done`),
    async deviceEnded(ctx: KoaContextWithOIDC, out?: ErrorOut, error?: Error): Promise<void> {
      keepNoSecret(ctx);
      if (error?.name === 'AbortedError') return goTo(ctx, `${DEVICE}/cancelled`);
      const code = error && codeOf(error);
      if (code !== undefined)
        return showCodePage(pages, ctx, { problem: { code, values: {} } }, 400);
      if (out && error) await showError(ctx, out, error);
    },
  };
}

/**
 * The library has put the secret of its own form into the session, which is saved by now, and would save it
 * again; one that was never saved can't be.
 */
function keepNoSecret({ oidc: { session } }: KoaContextWithOIDC): void {
  if (session) Object.assign(session, { touched: false });
}

function codeOf(error: Error): string | undefined {
  if (error instanceof DeviceCodeSettled) return `user-code-${error.is}`;
  return Object.hasOwn(AT_CODE, error.name) ? AT_CODE[error.name] : undefined;
}

/** To a page of its own, which can be loaded again. */
function goTo(ctx: KoaContextWithOIDC, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}
