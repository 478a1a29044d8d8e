/** The library's device flow (RFC 8628), configured. */
import type { Middleware } from 'koa';
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { deviceInfo } from './device-info.ts';
import { POLL_INTERVAL } from './polling.ts';
import { USER_CODE_CHARSET, USER_CODE_MASK } from './user-code.ts';

/** How a sign-in for a device ends, in the browser. */
export interface DevicePages {
  deviceLetIn(ctx: KoaContextWithOIDC): void;
  /** `error`: why it is not let in. */
  deviceEnded(
    ctx: KoaContextWithOIDC,
    out: ErrorOut | undefined,
    error: Error | undefined,
  ): void | Promise<void>;
}

/** Where a code is entered is ours (web/device/device.ts), and so is what the library asks of it. */
export function deviceFlow(pages: DevicePages) {
  return {
    enabled: true as const,
    charset: USER_CODE_CHARSET,
    mask: USER_CODE_MASK,
    deviceInfo: (ctx: KoaContextWithOIDC) => ({ ...deviceInfo(ctx) }),
    userCodeInputSource: async (
      ctx: KoaContextWithOIDC,
      _form: string,
      out?: ErrorOut,
      error?: Error,
    ) => pages.deviceEnded(ctx, out, error),
    successSource: async (ctx: KoaContextWithOIDC) => pages.deviceLetIn(ctx),
  };
}

/** For `device_authorization.success`: RFC 8628 §3.2; the library leaves it out. */
export function tellInterval(_ctx: unknown, body: object): void {
  Object.assign(body, { interval: POLL_INTERVAL });
}

const ASKS = /^\/device\/auth\/?$/iu;

/** The library would look for a sign-in that is called so, at `/device/:uid`. */
export const keepApart: Middleware = (ctx, next) =>
  ASKS.test(ctx.path) && (ctx.method === 'GET' || ctx.method === 'HEAD') ? undefined : next();
