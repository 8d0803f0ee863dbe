import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{constructs,scripts,apps,clusters}/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // The real OpenClaw, from its npm package: half a minute to install, once, and ten minutes to ask.
        test: {
          name: 'openclaw',
          include: ['e2e/openclaw/*.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 900_000,
          fileParallelism: false,
          // Each question is a start of OpenClaw, which takes a processor and 0.4 GB.
          maxConcurrency: 2,
        },
      },
    ],
  },
});
