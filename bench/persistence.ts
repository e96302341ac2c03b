import { benchDurability } from "./persistence/durability.ts";
import { benchEmbeddedWrites } from "./persistence/embedded-writes.ts";
import { benchLoading } from "./persistence/loading.ts";
import { benchRewrite } from "./persistence/rewrite.ts";
import type { Report } from "./report.ts";

/** What it costs to keep the data: requests a second, awaited calls, rewriting, loading, bytes. */
export async function benchPersistence(report: Report): Promise<void> {
  await benchEmbeddedWrites(report);
  await benchDurability(report);
  await benchRewrite(report);
  await benchLoading(report);
}
