/**
 * A number as an x87 extended double holds it, `mantissa` × 2^`exponent`: at most 64 bits of
 * mantissa, no exponent below that of the smallest subnormal. An infinity has an infinite exponent.
 *
 * C's `long double` on x86-64 Linux is this type, and what Redis adds fractions with (INCRBYFLOAT).
 * Everything is rounded once, to the nearest, ties to even, as the hardware and glibc do it.
 */
export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
/** Every finite number is below 2 to this power. */
const MAGNITUDE_BITS_MAX = 16_384;
/** The exponent of the smallest subnormal, 2^-16445. */
const EXPONENT_MIN = -16_445;
/** Of what the largest number is below, and half the smallest one above, the powers of ten. */
const DECIMAL_EXPONENT_MAX = 4932;
const DECIMAL_EXPONENT_MIN = -4952;
/** What the printed form has behind the point, at most. */
const FRACTION_DIGITS = 17;
/** Redis reads no longer spelling of a number, in bytes. */
const TEXT_LENGTH_MAX = 5 * 1024 - 1;

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

const INFINITY = /^([+-]?)inf(?:inity)?$/i;
const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x(?=\.?[\da-f])([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d+))?$/i;

/**
 * The number that a text spells for C's `strtold`, as Redis wants it: the whole text, no space,
 * decimal, hexadecimal (`0x1.8p3`) or an infinity. `undefined` for everything else, NaN included,
 * and for a number that is too large, or too small for any but zero. O(length²), of 5 KiB at most.
 */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  const decimal = DECIMAL.exec(text);
  if (decimal !== null) return fromMatch(decimal, fromDecimal);
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal !== null) return fromMatch(hexadecimal, fromHexadecimal);
  const infinity = INFINITY.exec(text);
  return infinity === null ? undefined : infinite(infinity[1] === "-");
}

/** The sum, rounded; `undefined` where it is NaN or infinite. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (!Number.isFinite(a.exponent) || !Number.isFinite(b.exponent)) return undefined;
  const exponent = Math.min(a.exponent, b.exponent);
  const mantissa =
    (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  return finite(rounded(mantissa, exponent));
}

/**
 * The decimal form of a finite number, never exponential: C's `%.17Lf` without the zeros at its
 * end, and without the sign where nothing but zero is left. O(digits²), of 5,000 digits at most.
 */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  if (exponent >= 0) return String(mantissa << BigInt(exponent));
  const units = shiftedRight(mantissa * 10n ** BigInt(FRACTION_DIGITS), -exponent);
  if (units === 0n) return "0";
  const sign = units < 0n ? "-" : "";
  const digits = String(magnitudeOf(units)).padStart(FRACTION_DIGITS + 1, "0");
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -FRACTION_DIGITS)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** The magnitude that digits before and behind the point spell, with the exponent behind them. */
type FromDigits = (integer: string, fraction: string, exponent: number) => LongDouble;

/** A number of any sign from what an expression found: sign, integer, fraction and exponent. */
function fromMatch(match: RegExpExecArray, fromDigits: FromDigits): LongDouble | undefined {
  const [, sign, integer = "", fraction = "", exponentText = "0"] = match;
  if (/^0*$/.test(integer) && /^0*$/.test(fraction)) return ZERO;
  const number = finite(fromDigits(integer, fraction, Number(exponentText)));
  if (number === undefined || number.mantissa === 0n) return undefined;
  return sign === "-" ? { ...number, mantissa: -number.mantissa } : number;
}

function fromDecimal(integer: string, fraction: string, shift: number): LongDouble {
  const digits = (integer + fraction).replace(/^0+/, "");
  const exponent = shift - fraction.length;
  const leading = exponent + digits.length - 1;
  if (leading > DECIMAL_EXPONENT_MAX) return infinite(false);
  if (leading < DECIMAL_EXPONENT_MIN) return ZERO;
  const numerator = BigInt(digits);
  if (exponent >= 0) return rounded(numerator * 10n ** BigInt(exponent), 0);
  // A quotient with bits to spare, and one more for whatever the division leaves: what is rounded
  // lies on the same side of each tie as the exact quotient.
  const denominator = 10n ** BigInt(-exponent);
  const spare = Math.max(0, bitLength(denominator) - bitLength(numerator) + MANTISSA_BITS + 2);
  const shifted = numerator << BigInt(spare);
  const rest = shifted % denominator === 0n ? 0n : 1n;
  return rounded((shifted / denominator) * 2n + rest, -spare - 1);
}

function fromHexadecimal(integer: string, fraction: string, shift: number): LongDouble {
  const mantissa = BigInt(`0x${integer}${fraction}`);
  const exponent = shift - 4 * fraction.length;
  const bits = bitLength(mantissa);
  // Far out of range the shift itself would be too large to carry out.
  if (bits + exponent > MAGNITUDE_BITS_MAX) return infinite(false);
  if (bits + exponent < EXPONENT_MIN) return ZERO;
  return rounded(mantissa, exponent);
}

/** The nearest long double, an infinity beyond the largest. */
function rounded(mantissa: bigint, exponent: number): LongDouble {
  const excess = Math.max(bitLength(mantissa) - MANTISSA_BITS, EXPONENT_MIN - exponent, 0);
  const kept = shiftedRight(mantissa, excess);
  const isOver = bitLength(kept) + exponent + excess > MAGNITUDE_BITS_MAX;
  return isOver ? infinite(mantissa < 0n) : { mantissa: kept, exponent: exponent + excess };
}

/** `value` / 2^`bits` as an integer: the nearest one, of two equally near ones the even one. */
function shiftedRight(value: bigint, bits: number): bigint {
  if (bits === 0) return value;
  const shift = BigInt(bits);
  const floor = value >> shift;
  const rest = value - (floor << shift);
  const half = 1n << (shift - 1n);
  return rest > half || (rest === half && (floor & 1n) === 1n) ? floor + 1n : floor;
}

function infinite(isNegative: boolean): LongDouble {
  return { mantissa: isNegative ? -1n : 1n, exponent: Infinity };
}

function finite(number: LongDouble): LongDouble | undefined {
  return Number.isFinite(number.exponent) ? number : undefined;
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** How many bits the magnitude has, 0 for zero. */
function bitLength(value: bigint): number {
  const hexadecimal = magnitudeOf(value).toString(16);
  const leading = Number.parseInt(hexadecimal.charAt(0), 16);
  return (hexadecimal.length - 1) * 4 + 32 - Math.clz32(leading);
}
