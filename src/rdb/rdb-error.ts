/**
 * Why RDB bytes were refused. `BAD_CHECKSUM`: the checksum is wrong, or the version of a value too
 * new; `BAD_FORMAT`: they are damaged; `UNSUPPORTED_TYPE`: they hold a type that is not kept here;
 * `UNSUPPORTED_VERSION`: a file is of a version that is not read here.
 */
export type RdbErrorCode =
  | "BAD_CHECKSUM"
  | "BAD_FORMAT"
  | "UNSUPPORTED_TYPE"
  | "UNSUPPORTED_VERSION";

/** The error of everything that reads RDB bytes. Match on its `code`, never on its message. */
export class RdbError extends Error {
  override readonly name = "RdbError";
  readonly code: RdbErrorCode;
  /** What is wrong, without what could not be done because of it. */
  readonly reason: string;
  /** The type that the bytes hold, as TYPE names it: with `UNSUPPORTED_TYPE` only. */
  readonly typeName?: string;
  /** How far a file was read, in bytes; a value by itself has none. */
  readonly offset?: number;

  constructor(code: RdbErrorCode, reason: string, typeName?: string, offset?: number) {
    super(
      offset === undefined
        ? `Cannot restore a value: ${reason}`
        : `Cannot read a snapshot: ${reason}, at byte ${offset}`,
    );
    this.code = code;
    this.reason = reason;
    if (typeName !== undefined) this.typeName = typeName;
    if (offset !== undefined) this.offset = offset;
  }

  /** The same error of a file that was read so far. */
  at(offset: number): RdbError {
    return new RdbError(this.code, this.reason, this.typeName, offset);
  }
}

/** An {@link RdbError} for bytes that break the format. */
export function badFormat(reason: string): RdbError {
  return new RdbError("BAD_FORMAT", reason);
}

/** An {@link RdbError} for something that is not kept here. */
export function unsupported(typeName: string, reason: string): RdbError {
  return new RdbError("UNSUPPORTED_TYPE", reason, typeName);
}
