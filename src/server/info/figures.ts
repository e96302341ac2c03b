const KIB = 1024;
const UNITS = ["B", "K", "M", "G", "T", "P"];

/** Bytes as people read them: `512B`, `1.50K`, `2.00M`. */
export function humanBytes(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (amount >= KIB && unit < UNITS.length - 1) {
    amount /= KIB;
    unit++;
  }
  return unit === 0 ? `${bytes}B` : `${amount.toFixed(2)}${UNITS[unit]}`;
}

/** How many percent a part is of the whole; of nothing it is all. */
export function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 100 : (part / whole) * 100).toFixed(2)}%`;
}

/** How often one amount goes into another, with two digits. */
export function ratio(amount: number, unit: number): string {
  return (unit === 0 ? 0 : amount / unit).toFixed(2);
}
