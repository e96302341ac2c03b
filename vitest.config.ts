import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const source = fileURLToPath(new URL("./src", import.meta.url));

/** `vitest run` runs all tests but `test/long/`; `vitest run --mode long` runs those alone. */
export default defineConfig(({ mode }) => ({
  resolve: {
    // No build is needed: the package's own name stands for its source.
    alias: [
      { find: /^laurel$/, replacement: `${source}/index.ts` },
      { find: /^laurel\/([^/.]+)$/, replacement: `${source}/$1/index.ts` },
    ],
  },
  test: {
    include:
      mode === "long" ? ["test/long/**/*.test.ts"] : ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(mode === "long" ? [] : ["test/long/**"])],
    testTimeout: mode === "long" ? 30 * 60_000 : 30_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts"],
      reporter: ["text"],
      thresholds: { lines: 90 },
    },
  },
}));
