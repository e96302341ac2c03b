/** Whether a client that a user handed in has some methods: by these it is known, never by its class. */
export function hasMethods(client: object, ...methods: readonly string[]): boolean {
  const of = client as Readonly<Record<string, unknown>>;
  return methods.every((method) => typeof of[method] === "function");
}

/** The key prefix of a client as text; none is the empty one. */
export function prefixText(prefix: string | Buffer | null | undefined): string {
  return Buffer.isBuffer(prefix) ? prefix.toString("utf8") : (prefix ?? "");
}
