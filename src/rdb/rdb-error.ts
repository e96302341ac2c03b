/**
 * Why a payload was refused. `BAD_CHECKSUM`: its version is too new or its checksum wrong;
 * `BAD_FORMAT`: it is damaged; `UNSUPPORTED_TYPE`: it holds a type that is not kept here.
 */
export type RdbErrorCode = "BAD_CHECKSUM" | "BAD_FORMAT" | "UNSUPPORTED_TYPE";

/** The error of everything that reads RDB bytes. Match on its `code`, never on its message. */
export class RdbError extends Error {
  override readonly name = "RdbError";
  readonly code: RdbErrorCode;
  /** The type that the payload holds, as TYPE names it: with `UNSUPPORTED_TYPE` only. */
  readonly typeName?: string;

  constructor(code: RdbErrorCode, reason: string, typeName?: string) {
    super(`Cannot restore a value: ${reason}`);
    this.code = code;
    if (typeName !== undefined) this.typeName = typeName;
  }
}

/** An {@link RdbError} for bytes that break the format. */
export function badFormat(reason: string): RdbError {
  return new RdbError("BAD_FORMAT", reason);
}
