/**
 * The request that is being answered, as the provider knows it (`Provider.ctx`). Told here by whoever makes one, so that
 * commands, which answer none, need not load the provider to hear so.
 */
let ofProvider = (): object | undefined => undefined;

export function presentRequest(): object | undefined {
  return ofProvider();
}

export function tellPresentRequest(present: () => object | undefined): void {
  ofProvider = present;
}
