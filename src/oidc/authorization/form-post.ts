/**
 * The answer to a request with `response_mode=form_post` (OAuth 2.0 Form Post Response Mode §2): our page
 * instead of the library's bare one. It submits itself by our script, and has a button for whoever runs none.
 */
import { Provider, type KoaContextWithOIDC } from 'oidc-provider';
import { setContentPolicy } from '../../net/response-headers.ts';
import type { ShownPages } from '../shown-pages.ts';

type ResponseMode = Parameters<Provider['registerResponseMode']>[1];

export function formPostPage(pages: ShownPages) {
  return (ctx: KoaContextWithOIDC, action: string, payload: Record<string, unknown>): void => {
    const fields = Object.entries(payload).map(([name, value]) => ({ name, value: String(value) }));
    ctx.state['uiLocales'] ??= ctx.oidc.params?.['ui_locales'];
    // The registered address of the client, which may redirect to any other.
    setContentPolicy(ctx, null);
    pages.show(ctx, 'oidc/form-post', { action, fields });
  };
}

/** The library registers a handler of its own as it is made, and the first one stays. */
export function providerWith(formPost: ResponseMode): typeof Provider {
  return class extends Provider {
    override registerResponseMode(name: string, handler: ResponseMode): void {
      super.registerResponseMode(name, name === 'form_post' ? formPost : handler);
    }
  };
}
