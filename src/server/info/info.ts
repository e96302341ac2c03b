import {
  commandStatsSection,
  errorStatsSection,
  keyspaceSection,
  latencyStatsSection,
} from "./counted-sections.ts";
import type { Field, InfoSource } from "./info-source.ts";
import { persistenceSection } from "./persistence-section.ts";
import {
  clientsSection,
  cpuSection,
  memorySection,
  replicationSection,
  serverSection,
  statsSection,
} from "./server-sections.ts";

/** A section of INFO. */
interface Section {
  readonly title: string;
  /** Stands in INFO without arguments. */
  readonly isDefault: boolean;
  readonly fields: (source: InfoSource) => readonly Field[];
}

/** The sections by the names that INFO takes, in the order in which they come. */
const SECTIONS: ReadonlyMap<string, Section> = new Map([
  ["server", { title: "Server", isDefault: true, fields: serverSection }],
  ["clients", { title: "Clients", isDefault: true, fields: clientsSection }],
  ["memory", { title: "Memory", isDefault: true, fields: memorySection }],
  ["persistence", { title: "Persistence", isDefault: true, fields: persistenceSection }],
  ["stats", { title: "Stats", isDefault: true, fields: statsSection }],
  ["replication", { title: "Replication", isDefault: true, fields: replicationSection }],
  ["cpu", { title: "CPU", isDefault: true, fields: cpuSection }],
  ["modules", { title: "Modules", isDefault: true, fields: () => [] }],
  ["commandstats", { title: "Commandstats", isDefault: false, fields: commandStatsSection }],
  ["errorstats", { title: "Errorstats", isDefault: true, fields: errorStatsSection }],
  ["latencystats", { title: "Latencystats", isDefault: false, fields: latencyStatsSection }],
  ["cluster", { title: "Cluster", isDefault: true, fields: () => [["cluster_enabled", 0]] }],
  ["keyspace", { title: "Keyspace", isDefault: true, fields: keyspaceSection }],
]);

/**
 * The text of INFO: these sections, each once and in their own order, whatever that of the names;
 * `all` and `everything` mean all, `default` those that come without a name. Unknown names give
 * nothing.
 */
export function infoText(source: InfoSource, names: readonly string[]): string {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const isAll = wanted.has("all") || wanted.has("everything");
  const isDefault = wanted.size === 0 || wanted.has("default");
  return [...SECTIONS]
    .filter(([name, section]) => isAll || wanted.has(name) || (isDefault && section.isDefault))
    .map(([, { fields, title }]) => sectionText(title, fields(source)))
    .join("\r\n");
}

function sectionText(title: string, fields: readonly Field[]): string {
  return [`# ${title}`, ...fields.map(([name, value]) => `${name}:${value}`), ""].join("\r\n");
}
