import { integerArgument } from "../arguments.ts";
import type { ReplyError } from "../reply-error.ts";

/** An argument as an integer that is not below `min`. Throws `otherwise` for all else. */
export function atLeast(min: number, text: string, otherwise: ReplyError): number {
  const value = integerArgument(text, otherwise);
  if (value < min) throw otherwise;
  return value;
}
