import type { LatencyEvent } from "../server-port.ts";

const COLUMNS = 80;
const ROWS = 4;
/** From the lightest to the heaviest: how much of a row a bar fills. */
const SHADES = "_o#";
const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3600;
const SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR;

/** A drawing of the newest spikes of an event: a bar for each, and below it how long it is ago. */
export function latencyGraph(event: LatencyEvent, nowSeconds: number): string {
  const { maxMs, name } = event;
  const samples = event.samples.slice(-COLUMNS);
  const all = samples.map(({ latencyMs }) => latencyMs);
  const [high, low] = [Math.max(...all), Math.min(...all)];
  const labels = samples.map(({ unixSeconds }) => age(nowSeconds - unixSeconds));
  const lines = [
    `${name} - high ${high} ms, low ${low} ms (all time high ${maxMs} ms)`,
    "-".repeat(COLUMNS),
    ...bars(all, low, high),
    "",
    ...labelRows(labels),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function bars(values: readonly number[], low: number, high: number): string[] {
  const steps = ROWS * SHADES.length - 1;
  const span = Math.max(1, high - low);
  const heights = values.map((value) => 1 + Math.round(((value - low) / span) * steps));
  return Array.from({ length: ROWS }, (_, row) => {
    const below = (ROWS - 1 - row) * SHADES.length;
    return heights.map((height) => shade(height - below)).join("");
  });
}

function shade(height: number): string {
  if (height <= 0) return " ";
  return SHADES[Math.min(height, SHADES.length) - 1] ?? " ";
}

/** Labels are read downwards. */
function labelRows(labels: readonly string[]): string[] {
  const longest = Math.max(...labels.map(({ length }) => length));
  return Array.from({ length: longest }, (_, row) => {
    return labels.map((label) => label[row] ?? " ").join("");
  });
}

function age(seconds: number): string {
  if (seconds < SECONDS_PER_MINUTE) return `${seconds}s`;
  if (seconds < SECONDS_PER_HOUR) return `${Math.floor(seconds / SECONDS_PER_MINUTE)}m`;
  if (seconds < SECONDS_PER_DAY) return `${Math.floor(seconds / SECONDS_PER_HOUR)}h`;
  return `${Math.floor(seconds / SECONDS_PER_DAY)}d`;
}
