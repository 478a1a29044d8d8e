import type { Assets } from './assets.ts';
export interface Renderer {
  render(page: string, language: string, context: object): string;
}
export async function createRenderer(_f: string, _a: Assets): Promise<Renderer> {
  return {
    render: (page, _l, context) => {
      const c = context as Record<string, unknown>;
      return `<!doctype html><main data-page="${page}"><form method="post" action="${c['action'] ?? c['formAction'] ?? ''}"><input type="hidden" name="csrf" value="${c['csrf']}"><input type="hidden" name="xsrf" value="${c['xsrf'] ?? ''}"><input type="hidden" name="pending" value="${c['pendingId'] ?? ''}"></form><pre>${JSON.stringify(c)}</pre></main>`;
    },
  };
}
