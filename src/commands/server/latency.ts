import type { CommandHandler } from "../command.ts";
import { ReplyError } from "../reply-error.ts";
import { latencyGraph } from "./latency-graph.ts";
import { ADMIN, container, help, serverCommand } from "./server-record.ts";

const NAMES_AT = 2;

const latest: CommandHandler = ({ reply, server }) => {
  const events = server.latency.events();
  reply.array(events.length);
  for (const { maxMs, name, samples } of events) {
    const last = samples.at(-1);
    reply.array(4);
    reply.bulk(name);
    reply.integer(last?.unixSeconds ?? 0);
    reply.integer(last?.latencyMs ?? 0);
    reply.integer(maxMs);
  }
};

const LATEST = serverCommand({
  name: "latest",
  arity: 2,
  flags: ADMIN,
  since: "2.8.13",
  summary: "Tells the latest spike of each event.",
  complexity: "O(1)",
  run: latest,
});

const HISTORY = serverCommand({
  name: "history",
  arity: 3,
  flags: ADMIN,
  since: "2.8.13",
  summary: "Tells the spikes of an event, by the second.",
  complexity: "O(1)",
  run({ reply, server }, argv) {
    const samples = server.latency.event(argv[2] as string)?.samples ?? [];
    reply.array(samples.length);
    for (const { latencyMs, unixSeconds } of samples) {
      reply.array(2);
      reply.integer(unixSeconds);
      reply.integer(latencyMs);
    }
  },
});

const RESET = serverCommand({
  name: "reset",
  arity: -2,
  flags: ADMIN,
  since: "2.8.13",
  summary: "Forgets the spikes of some events, or of all.",
  complexity: "O(1)",
  run({ reply, server }, argv) {
    reply.integer(server.latency.reset(argv.slice(NAMES_AT)));
  },
});

const GRAPH = serverCommand({
  name: "graph",
  arity: 3,
  flags: ADMIN,
  since: "2.8.13",
  summary: "Draws the spikes of an event.",
  complexity: "O(1)",
  run({ reply, server }, argv) {
    const name = argv[2] as string;
    const event = server.latency.event(name);
    if (event === undefined) throw new ReplyError(`ERR No samples available for event '${name}'`);
    reply.verbatim("txt", latencyGraph(event, Math.floor(server.nowMicros() / 1_000_000)));
  },
});

const DOCTOR = serverCommand({
  name: "doctor",
  arity: 2,
  flags: ADMIN,
  since: "2.8.13",
  summary: "Sums up the spikes that were noted.",
  complexity: "O(1)",
  run({ reply, server }) {
    const { isOn } = server.latency;
    const events = server.latency.events();
    const lines = events.map(({ maxMs, name, samples }) => {
      const sum = samples.reduce((total, { latencyMs }) => total + latencyMs, 0);
      const mean = (sum / samples.length).toFixed(1);
      return `${name}: ${samples.length} seconds with spikes, ${mean} ms on average, at most ${maxMs} ms`;
    });
    if (!isOn)
      lines.unshift("Nothing is noted: CONFIG SET latency-monitor-threshold <milliseconds>.");
    else if (events.length === 0) lines.push("No spikes were noted.");
    reply.verbatim("txt", `${lines.join("\n")}\n`);
  },
});

const HISTOGRAM = serverCommand({
  name: "histogram",
  arity: -2,
  flags: ADMIN,
  since: "7.0.0",
  summary: "Tells in which time the calls of some commands were done, or of all.",
  complexity: "O(N) for N commands",
  run({ reply, server }, argv) {
    const histograms = server.histograms(argv.slice(NAMES_AT));
    reply.map(histograms.length);
    for (const { calls, command, counts, limitsMicros } of histograms) {
      reply.bulk(command);
      reply.map(2);
      reply.bulk("calls");
      reply.integer(calls);
      reply.bulk("histogram_usec");
      reply.map(counts.length);
      for (const [at, count] of counts.entries()) {
        reply.integer(limitsMicros[at] ?? 0);
        reply.integer(count);
      }
    }
  },
});

/** LATENCY */
export const LATENCY = container("latency", "2.8.13", "Tells what was slow, and how often.", [
  DOCTOR,
  GRAPH,
  HISTOGRAM,
  HISTORY,
  LATEST,
  RESET,
  help("LATENCY", "2.8.13", [
    "DOCTOR",
    "    Sums up the spikes.",
    "GRAPH <event>",
    "    Draws the spikes of an event.",
    "HISTORY <event>",
    "    Tells the spikes of an event, by the second.",
    "LATEST",
    "    Tells the latest spike of each event.",
    "RESET [<event> ...]",
    "    Forgets the spikes of these events, or of all.",
    "HISTOGRAM [<command> ...]",
    "    Tells in which time the calls of these commands were done, or of all.",
  ]),
]);
