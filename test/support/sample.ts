/** A page with what the server would pass to it. */
export interface Sample {
  name: string;
  page: string;
  context: Readonly<Record<string, unknown>>;
}
