import { join } from "node:path";
import { crc32 } from "node:zlib";
import { splitInlineCommand } from "../../protocol/inline-command.ts";
import { fromByteString, toByteString } from "../../structures/byte-string.ts";
import { CacheError } from "../../errors.ts";
import { persistenceFailed } from "../failure.ts";
import type { FileSystem } from "../file-system.ts";
import { CHECKSUM_START } from "./journal-tail.ts";

/** A file of a journal; `sequence` counts the files of its kind. */
export interface ManifestFile {
  readonly name: string;
  readonly sequence: number;
}

/** What else a former file was, it only waits to be removed. */
type FileType = "b" | "h" | "i";

/** Redis reads no longer line, and a journal has few. */
const LINE_CHARS_MAX = 1024;
const BYTES_MAX = 16 * 1024 * 1024;

/**
 * What the files of a journal are: a base, the increments on top of it in their order, and what was
 * the journal before and may be removed. Redis' format, in a file that is replaced as a whole.
 */
export class Manifest {
  /** How the names of the files begin. */
  readonly journalName: string;
  readonly base: ManifestFile | undefined;
  readonly history: readonly ManifestFile[];
  readonly increments: readonly ManifestFile[];

  constructor(
    journalName: string,
    base: ManifestFile | undefined,
    history: readonly ManifestFile[],
    increments: readonly ManifestFile[],
  ) {
    this.journalName = journalName;
    this.base = base;
    this.history = history;
    this.increments = increments;
  }

  /** A journal that has no files yet. */
  static empty(journalName: string): Manifest {
    return new Manifest(journalName, undefined, [], []);
  }

  /** Whether it names no file: then a journal was begun, and its base never completed. */
  get isEmpty(): boolean {
    return this.base === undefined && this.increments.length === 0;
  }

  /** The highest number that a base was given; 0: none was. */
  get lastBaseSequence(): number {
    return lastOf([...this.history, ...(this.base === undefined ? [] : [this.base])]);
  }

  /** The highest number that an increment was given; 0: none was. */
  get lastIncrementSequence(): number {
    return lastOf([...this.history, ...this.increments]);
  }

  /** The base of a number. */
  newBase(sequence: number): ManifestFile {
    return { name: `${this.journalName}.${sequence}.base.rdb`, sequence };
  }

  /** The increment of a number. */
  newIncrement(sequence: number): ManifestFile {
    return { name: `${this.journalName}.${sequence}.incr.aof`, sequence };
  }

  /** With one more increment, which is the one that is written to. */
  withIncrement(increment: ManifestFile): Manifest {
    const increments = [...this.increments, increment];
    return new Manifest(this.journalName, this.base, this.history, increments);
  }

  /** With nothing but another base, and an increment on top of it; everything else is history. */
  rebased(base: ManifestFile, increment: ManifestFile): Manifest {
    const former = this.base === undefined ? [] : [this.base];
    const others = this.increments.filter(({ name }) => name !== increment.name);
    const history = [...this.history, ...former, ...others];
    return new Manifest(this.journalName, base, history, [increment]);
  }

  /** Once the files of the history are removed. */
  withoutHistory(): Manifest {
    return new Manifest(this.journalName, this.base, [], this.increments);
  }

  /** Its lines. */
  format(): string {
    const lines: string[] = [];
    const add = (files: readonly ManifestFile[], type: FileType): void => {
      for (const { name, sequence } of files) {
        lines.push(`file ${quoted(toByteString(name))} seq ${sequence} type ${type}\n`);
      }
    };
    if (this.base !== undefined) add([this.base], "b");
    add(this.history, "h");
    add(this.increments, "i");
    return lines.join("");
  }

  /** @param text a byte string. @throws {CacheError} `PERSISTENCE_FAILED`, with the line */
  static parse(journalName: string, text: string): Manifest {
    const lines = text.split("\n");
    if (lines.pop() !== "" || lines.length === 0) {
      throw refused(lines.length + 1, "its last line is not complete");
    }
    let base: ManifestFile | undefined;
    const history: ManifestFile[] = [];
    const increments: ManifestFile[] = [];
    const names = new Set<string>();
    let length = 0;
    for (const [index, line] of lines.entries()) {
      if (!isSound(line, text.slice(0, length))) {
        throw refused(index + 1, "the checksum does not match what is before");
      }
      length += line.length + 1;
      if (line.startsWith("#")) continue;
      const { type, ...file } = parseLine(line, index + 1);
      if (type === "h") history.push(file);
      else if (type === "b") {
        if (base !== undefined) throw refused(index + 1, "there is another base");
        base = file;
      } else {
        if (file.sequence <= (increments.at(-1)?.sequence ?? 0)) {
          throw refused(index + 1, "the numbers of the increments do not grow");
        }
        increments.push(file);
      }
      if (names.has(file.name)) throw refused(index + 1, "it names a file once more");
      names.add(file.name);
    }
    return new Manifest(journalName, base, history, increments);
  }
}

/** The highest number of some files, by what is written of them and by their names. */
function lastOf(files: readonly ManifestFile[]): number {
  return files.reduce((last, { name, sequence }) => {
    const named = Number(/\.(\d{1,15})\.(?:base|incr)\./.exec(name)?.[1] ?? 0);
    return Math.max(last, sequence, named);
  }, 0);
}

/** A last line, which Redis passes over: a file that is taken for another one would be removed. */
function checksumLine(before: string): string {
  const crc = crc32(Buffer.from(before, "latin1"));
  return `${CHECKSUM_START}${crc.toString(16).padStart(8, "0")}`;
}

/** @returns false for the checksum of something else than what is before */
function isSound(line: string, before: string): boolean {
  return !line.startsWith(CHECKSUM_START) || line === checksumLine(before);
}

/** The name of the manifest's own file. */
function manifestName(journalName: string): string {
  return `${journalName}.manifest`;
}

/**
 * Reads the manifest of a journal; `undefined`: there is none.
 * @throws {CacheError} `PERSISTENCE_FAILED` where it cannot be read
 */
export function readManifest(
  fs: FileSystem,
  directory: string,
  journalName: string,
): Manifest | undefined {
  const path = join(directory, manifestName(journalName));
  try {
    if (fs.identity(path) === undefined) return undefined;
    return Manifest.parse(journalName, readText(fs, path));
  } catch (cause) {
    if (!(cause instanceof CacheError)) throw persistenceFailed(`read ${path}`, cause);
    throw new CacheError("PERSISTENCE_FAILED", `Cannot read ${path}: ${cause.message}`, { cause });
  }
}

/**
 * Replaces the manifest of a journal, so that a crash leaves the former or this one.
 * @throws the error of the system
 */
export function writeManifest(fs: FileSystem, directory: string, manifest: Manifest): void {
  const name = manifestName(manifest.journalName);
  const temporary = join(directory, `temp-${name}`);
  const fd = fs.open(temporary, "write");
  try {
    const lines = manifest.format();
    let bytes = Buffer.from(`${lines}${checksumLine(lines)}\n`, "latin1");
    while (bytes.length > 0) {
      const written = fs.write(fd, bytes);
      if (written <= 0) throw new Error("the system writes nothing");
      bytes = bytes.subarray(written);
    }
    fs.sync(fd);
  } finally {
    fs.close(fd);
  }
  fs.rename(temporary, join(directory, name));
  fs.syncDirectory(directory);
}

function readText(fs: FileSystem, path: string): string {
  const fd = fs.open(path, "read");
  try {
    const size = fs.size(fd);
    if (size > BYTES_MAX) throw refused(1, `it has ${size} bytes, more than ${BYTES_MAX}`);
    const bytes = Buffer.alloc(size);
    let length = 0;
    while (length < size) {
      const count = fs.read(fd, bytes.subarray(length), length);
      if (count === 0) break;
      length += count;
    }
    return bytes.toString("latin1", 0, length);
  } finally {
    fs.close(fd);
  }
}

function parseLine(line: string, number: number): ManifestFile & { readonly type: FileType } {
  if (line.length >= LINE_CHARS_MAX) throw refused(number, "it is too long");
  const words = splitInlineCommand(line);
  // Who adds fields adds pairs at the end.
  if (words === undefined || words.length < 6 || words.length % 2 !== 0) {
    throw refused(number, "it does not consist of names and values");
  }
  const fields = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) {
    fields.set((words[i] as string).toLowerCase(), words[i + 1] as string);
  }
  const name = fromByteString(fields.get("file") ?? "");
  if (!isFileName(name)) throw refused(number, "it names no file of this directory");
  const sequence = fields.get("seq") ?? "";
  if (!/^[1-9]\d{0,14}$/.test(sequence)) throw refused(number, "it has no number");
  const type = fields.get("type");
  if (type !== "b" && type !== "h" && type !== "i") throw refused(number, "its type is unknown");
  return { name, sequence: Number(sequence), type };
}

/** Whether a name stays in the directory. */
function isFileName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name);
}

/** A name as Redis writes it: where it is not plain, in double quotes with escapes. */
function quoted(name: string): string {
  if (/^[!#-&(-[\]-~]+$/.test(name)) return name;
  const escaped = name.replaceAll(/[^ !#-[\]-~]/g, (char) =>
    char === '"' || char === "\\"
      ? `\\${char}`
      : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${escaped}"`;
}

function refused(line: number, reason: string): CacheError {
  return new CacheError("PERSISTENCE_FAILED", `line ${line}: ${reason}`);
}
