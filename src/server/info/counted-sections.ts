import { spellFraction } from "../config/parameter-types.ts";
import type { Field, InfoSource } from "./info-source.ts";

/** What could be taken for the structure of INFO in the name of a command or error. */
const UNSAFE = /[#:\n\r]/g;

/** How often each command was called, and how long it took. */
export function commandStatsSection({ commands, stats }: InfoSource): readonly Field[] {
  const { calls, failed, micros, rejected } = stats.commands;
  return commands.entries.flatMap(({ fullName, number }) => {
    const called = calls[number] ?? 0;
    const refused = rejected[number] ?? 0;
    if (called === 0 && refused === 0) return [];
    const usec = Math.round(micros[number] ?? 0);
    const perCall = (called === 0 ? 0 : usec / called).toFixed(2);
    const counts = `rejected_calls=${refused},failed_calls=${failed[number] ?? 0}`;
    const value = `calls=${called},usec=${usec},usec_per_call=${perCall},${counts}`;
    return [[`cmdstat_${safe(fullName)}`, value] as const];
  });
}

/** How often each kind of error was replied. */
export function errorStatsSection({ stats }: InfoSource): readonly Field[] {
  return stats.errors
    .entries()
    .map(([code, count]) => [`errorstat_${safe(code)}`, `count=${count}`] as const);
}

/** In which time the calls of each command were done, by the percentiles that are asked for. */
export function latencyStatsSection({ config, commands, stats }: InfoSource): readonly Field[] {
  const percentiles = config.get("latency-tracking-info-percentiles");
  return commands.entries.flatMap(({ fullName, number }) => {
    const histogram = stats.commands.histogram(number);
    if (histogram === undefined) return [];
    const values = percentiles.map(
      (percent) => `p${spellFraction(percent)}=${histogram.percentile(percent).toFixed(3)}`,
    );
    return [[`latency_percentiles_usec_${safe(fullName)}`, values.join(",")] as const];
  });
}

/** The databases that hold keys. */
export function keyspaceSection({ databases }: InfoSource): readonly Field[] {
  return [...databases.entries()]
    .filter(([, keyspace]) => keyspace.size > 0)
    .map(([index, keyspace]) => {
      const expires = keyspace.expiring;
      return [`db${index}`, `keys=${keyspace.size},expires=${expires},avg_ttl=0`] as const;
    });
}

function safe(name: string): string {
  return name.replaceAll(UNSAFE, "_");
}
