/** A reply of the protocol, as plain data that can be compared and shown. */
export type Reply =
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "simple" | "bulk" | "double" | "bignum" | "verbatim"; readonly text: string }
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" | "null-array" | "null-bulk" }
  | { readonly kind: "array" | "set" | "push"; readonly items: readonly Reply[] }
  | { readonly kind: "map" | "attribute"; readonly items: readonly Reply[] };

const CR = 0x0d;

/** Reads replies out of what a socket delivers; where bytes are missing it starts again later. */
export class ReplyReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** The next whole reply, or `undefined` until more bytes came. */
  next(): Reply | undefined {
    const start = this.#at;
    const reply = this.#read();
    if (reply === undefined) this.#at = start;
    return reply;
  }

  #line(): string | undefined {
    const end = this.#bytes.indexOf(CR, this.#at);
    if (end < 0 || end + 1 >= this.#bytes.length) return undefined;
    const line = this.#bytes.toString("latin1", this.#at, end);
    this.#at = end + 2;
    return line;
  }

  #read(): Reply | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const rest = line.slice(1);
    switch (line[0]) {
      case "+":
        return { kind: "simple", text: rest };
      case "-":
        return { kind: "error", text: rest };
      case ":":
        return { kind: "integer", value: BigInt(rest) };
      case "_":
        return { kind: "null" };
      case "#":
        return { kind: "boolean", value: rest === "t" };
      case ",":
        return { kind: "double", text: rest };
      case "(":
        return { kind: "bignum", text: rest };
      case "$":
        return rest === "-1" ? { kind: "null-bulk" } : this.#bulk("bulk", Number(rest));
      case "=":
        return this.#bulk("verbatim", Number(rest));
      case "*":
        return rest === "-1" ? { kind: "null-array" } : this.#items("array", Number(rest));
      case "~":
        return this.#items("set", Number(rest));
      case ">":
        return this.#items("push", Number(rest));
      case "%":
        return this.#items("map", Number(rest) * 2);
      case "|":
        return this.#items("attribute", Number(rest) * 2);
      case undefined:
      default:
        throw new Error(`Cannot read a reply: received ${JSON.stringify(line)}`);
    }
  }

  #bulk(kind: "bulk" | "verbatim", length: number): Reply | undefined {
    const end = this.#at + length;
    if (end + 2 > this.#bytes.length) return undefined;
    const text = this.#bytes.toString("latin1", this.#at, end);
    this.#at = end + 2;
    return { kind, text };
  }

  #items(kind: "array" | "set" | "push" | "map" | "attribute", length: number): Reply | undefined {
    const items: Reply[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.#read();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return { kind, items };
  }
}

/** A reply as a short line. */
export function showReply(reply: Reply): string {
  if ("items" in reply) return `${reply.kind}[${reply.items.map(showReply).join(", ")}]`;
  if ("text" in reply) return `${reply.kind} ${JSON.stringify(reply.text)}`;
  return "value" in reply ? `${reply.kind} ${reply.value}` : reply.kind;
}

/** Whether two replies are the same to the byte. */
export function equalReplies(a: Reply, b: Reply): boolean {
  return showReply(a) === showReply(b);
}
