import { defineConfig } from 'vitest/config';

const e2e = ['src/**/*.e2e.test.ts'];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'], exclude: e2e, testTimeout: 60_000 } },
      // Against what the environment names: KUBECONFIG's cluster.
      { test: { name: 'e2e', include: e2e, testTimeout: 600_000, hookTimeout: 600_000 } },
      // Real peers from Debian's packages: minutes, and root. Each says what it lacks.
      {
        test: {
          name: 'peers',
          include: ['peers/**/*.peer.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
