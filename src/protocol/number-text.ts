/** A 64-bit integer has at most this many digits. */
const INT64_DIGITS_MAX = 19;
const INT64_MAX_TEXT = "9223372036854775807";
const INT64_MIN_DIGITS = "9223372036854775808";
/** Any number of up to so many digits is below 2^53: sums of its digits are exact. */
const EXACT_DIGITS_MAX = 15;

const DIGIT_0 = 0x30;
const DIGIT_1 = 0x31;
const DIGIT_9 = 0x39;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;

/**
 * The integer that a text spells as Redis wants it: an optional `-`, then digits without a leading
 * zero, within 64 bits; `undefined` for everything else (`+1`, `-0`, `01`, a space). Beyond 2^53 it
 * is the nearest double: see {@link parseInt64} for the exact one. O(1).
 */
export function parseInteger(text: string): number | undefined {
  const length = text.length;
  let first = text.charCodeAt(0);
  if (first === DIGIT_0) return length === 1 ? 0 : undefined;
  const isNegative = first === MINUS;
  if (isNegative) first = text.charCodeAt(1);
  if (!(first >= DIGIT_1 && first <= DIGIT_9)) return undefined;
  const start = isNegative ? 1 : 0;
  if (length - start > INT64_DIGITS_MAX) return undefined;
  let sum = first - DIGIT_0;
  for (let i = start + 1; i < length; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    sum = sum * 10 + digit;
  }
  if (length - start <= EXACT_DIGITS_MAX) return isNegative ? -sum : sum;
  return isInt64(text, isNegative) ? Number(text) : undefined;
}

/** The integer that a text spells as Redis wants it, exactly: see {@link parseInteger}. O(1). */
export function parseInt64(text: string): bigint | undefined {
  return parseInteger(text) === undefined ? undefined : BigInt(text);
}

function isInt64(digits: string, isNegative: boolean): boolean {
  if (digits.length - (isNegative ? 1 : 0) < INT64_DIGITS_MAX) return true;
  return isNegative ? digits.slice(1) <= INT64_MIN_DIGITS : digits <= INT64_MAX_TEXT;
}

/**
 * The double that a text spells for C's `strtod` in the C locale, as Redis wants it: the whole text, no
 * space, decimal or hexadecimal (`0x1.8p3`), or an infinity (`inf`, `+Infinity`) in any case.
 * `undefined` for everything else, NaN included, and for a number too large for a double, or too
 * small for any but zero. O(length).
 */
export function parseDouble(text: string): number | undefined {
  if (text.length <= EXACT_DIGITS_MAX) {
    const integer = parseInteger(text);
    if (integer !== undefined) return integer;
  }
  const first = text.charCodeAt(0);
  const start = first === MINUS || first === PLUS ? 1 : 0;
  const second = text.charCodeAt(start);
  if (isDigit(second) || second === POINT) {
    if (second === DIGIT_0 && (text.charCodeAt(start + 1) | 0x20) === 0x78) {
      const magnitude = parseHexadecimal(text, start + 2);
      return magnitude === undefined || first !== MINUS ? magnitude : -magnitude;
    }
    return parseDecimal(text, start);
  }
  // The longest spelling is "-infinity": a long text is not worth a copy.
  if (text.length > 9) return undefined;
  const name = text.slice(start).toLowerCase();
  if (name !== "inf" && name !== "infinity") return undefined;
  return first === MINUS ? -Infinity : Infinity;
}

function isDigit(charCode: number): boolean {
  return charCode >= DIGIT_0 && charCode <= DIGIT_9;
}

/** Where the digits end that begin at `at`. */
function skipDigits(text: string, at: number): number {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

/**
 * A decimal number whose digits begin at `start`. The grammar is checked here and the value left to
 * `Number`, which rounds correctly, and which would take more spellings than C does.
 */
function parseDecimal(text: string, start: number): number | undefined {
  let at = skipDigits(text, start);
  let digits = at - start;
  if (text.charCodeAt(at) === POINT) {
    const fraction = at + 1;
    at = skipDigits(text, fraction);
    digits += at - fraction;
  }
  if (digits === 0) return undefined;
  const mantissaEnd = at;
  if ((text.charCodeAt(at) | 0x20) === 0x65) {
    const sign = text.charCodeAt(at + 1);
    const exponent = sign === MINUS || sign === PLUS ? at + 2 : at + 1;
    at = skipDigits(text, exponent);
    if (at === exponent) return undefined;
  }
  if (at !== text.length) return undefined;
  const value = Number(text);
  if (value === 0) return isZero(text, start, mantissaEnd) ? value : undefined;
  return Number.isFinite(value) ? value : undefined;
}

/** Whether a mantissa has no digit but 0: only then its number is zero and not too small. */
function isZero(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const charCode = text.charCodeAt(i);
    if (charCode !== DIGIT_0 && charCode !== POINT) return false;
  }
  return true;
}

function hexDigit(charCode: number): number {
  if (isDigit(charCode)) return charCode - DIGIT_0;
  const letter = charCode | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

/** Hexadecimal digits that are kept: more bits than a double has, and one for all the rest. */
const HEX_DIGITS_KEPT = 15;

/** The magnitude of a hexadecimal number whose digits begin at `start`, after `0x`. */
function parseHexadecimal(text: string, start: number): number | undefined {
  let mantissa = 0n;
  let kept = 0;
  let exponent = 0;
  let hasRest = false;
  let hasPoint = false;
  let digits = 0;
  let at = start;
  for (; at < text.length; at++) {
    const charCode = text.charCodeAt(at);
    if (charCode === POINT && !hasPoint) {
      hasPoint = true;
      continue;
    }
    const digit = hexDigit(charCode);
    if (digit < 0) break;
    digits++;
    if (hasPoint) exponent -= 4;
    if (kept === HEX_DIGITS_KEPT) {
      exponent += 4;
      hasRest ||= digit !== 0;
    } else if (digit !== 0 || kept > 0) {
      mantissa = mantissa * 16n + BigInt(digit);
      kept++;
    }
  }
  if (digits === 0) return undefined;
  if ((text.charCodeAt(at) | 0x20) === 0x70) {
    const sign = text.charCodeAt(at + 1);
    const digitsStart = sign === MINUS || sign === PLUS ? at + 2 : at + 1;
    at = skipDigits(text, digitsStart);
    if (at === digitsStart) return undefined;
    const shift = Number(text.slice(digitsStart, at));
    exponent += sign === MINUS ? -shift : shift;
  }
  if (at !== text.length) return undefined;
  if (mantissa === 0n) return 0;
  const value = scaleByPowerOfTwo(mantissa * 2n + (hasRest ? 1n : 0n), exponent - 1);
  return value === 0 || value === Infinity ? undefined : value;
}

/** `mantissa` × 2^`exponent`, rounded once to the nearest double, ties to even. */
function scaleByPowerOfTwo(mantissa: bigint, exponent: number): number {
  const bits = mantissa.toString(2).length;
  if (bits + exponent > 1024) return Infinity;
  if (bits + exponent < -1074) return 0;
  // A double has 53 bits, and fewer next to zero, where its last bit stays 2^-1074.
  const dropped = Math.max(bits - 53, -1074 - exponent, 0);
  const unit = 1n << BigInt(dropped);
  let rounded = mantissa / unit;
  const rest = (mantissa % unit) * 2n;
  if (rest > unit || (rest === unit && rounded % 2n === 1n)) rounded += 1n;
  let value = Number(rounded);
  // In steps that are each exact, since no single factor below 2^-1074 or above 2^1023 exists.
  let left = exponent + dropped;
  for (; left > 1000; left -= 1000) value *= 2 ** 1000;
  for (; left < -1000; left += 1000) value *= 2 ** -1000;
  return value * 2 ** left;
}

/** Multiples of 1/64 have at most 6 decimals; below 10^9 that makes 15 digits. */
const FRACTION_UNITS = 64;
const SHORT_FRACTION_MAX = 1e9;

/**
 * How C's `%.17g` spells a double, which is how Redis 7.0 sends scores: 17 significant digits,
 * correctly rounded, without trailing zeros; `inf`, `-inf`, `nan`, and `-0` for the negative zero.
 * O(1).
 */
export function formatDouble(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
  // With 15 digits or fewer the exact decimal is also the shortest one that reads back.
  if (Math.abs(value) < SHORT_FRACTION_MAX && Number.isInteger(value * FRACTION_UNITS)) {
    return String(value);
  }
  if (!Number.isFinite(value)) {
    if (value === Infinity) return "inf";
    return value === -Infinity ? "-inf" : "nan";
  }
  return formatLong(value);
}

const SIGNIFICANT_DIGITS = 17;
/** `%g` writes smaller decimal exponents than this one in exponential form. */
const FIXED_EXPONENT_MIN = -4;

function formatLong(value: number): string {
  const sign = value < 0 ? "-" : "";
  const magnitude = Math.abs(value);
  const [mantissa, exponentText] = magnitude.toExponential(SIGNIFICANT_DIGITS - 1).split("e") as [
    string,
    string,
  ];
  const exponent = Number(exponentText);
  let digits = mantissa[0] + mantissa.slice(2);
  if (isTie(magnitude, exponent)) digits = tieToEven(digits);
  digits = trimZeros(digits);
  if (exponent < FIXED_EXPONENT_MIN || exponent >= SIGNIFICANT_DIGITS) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const integer = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return digits.length > exponent + 1
    ? `${sign}${integer}.${digits.slice(exponent + 1)}`
    : `${sign}${integer}`;
}

/**
 * Whether a number lies exactly between two decimals of 17 digits: with s = 16 - exponent digits
 * after the point, when 2 × 10^s × number is odd, so when its last bit is 2^-(s + 1). Such numbers
 * have 18 digits, of which 5^s < 2 × 10^17 is a divisor, or lie below 2^53.
 */
function isTie(magnitude: number, exponent: number): boolean {
  if (exponent > 15 || exponent < -8) return false;
  return (magnitude * 2 ** (SIGNIFICANT_DIGITS - exponent)) % 2 === 1;
}

/** JavaScript rounds a tie away from zero, C to the even digit: one less where it became odd. */
function tieToEven(digits: string): string {
  const last = digits.charCodeAt(digits.length - 1) - DIGIT_0;
  return last % 2 === 0 ? digits : `${digits.slice(0, -1)}${last - 1}`;
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 1 && digits.charCodeAt(end - 1) === DIGIT_0) end--;
  return digits.slice(0, end);
}
