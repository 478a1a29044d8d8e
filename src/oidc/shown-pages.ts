/** The pages that the library's endpoints show, as whoever renders them is asked for. */
import type { Context } from 'koa';

export interface ShownPages {
  /** `context` is what the template of that name wants. */
  show(ctx: Context, page: string, context: object): void;
}
