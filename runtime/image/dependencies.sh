#!/bin/sh
# Installs the production dependencies of the lockfile into the current folder, without what Node cannot load.
set -eu
# Without these files npm has its defaults.
[ ! -f /run/secrets/ca ] || export NODE_EXTRA_CA_CERTS=/run/secrets/ca
npm ci --omit=dev --ignore-scripts --no-audit --no-fund --userconfig=/run/secrets/npmrc --cache=/tmp/npm

# Node strips no types below node_modules, so TypeScript there is for compilers; maps, pages and tests are for people; *.bare
# are programs for another runtime. Licences stay, whatever they are called.
find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.tsx' -o -name '*.map' -o -name '*.flow' -o -name '*.bare' \
  -o \( \( -name '*.md' -o -name '*.mdx' \) ! -iname 'licen[cs]e*' ! -iname 'notice*' ! -iname 'copying*' \) \) -delete
find node_modules -type d -name test ! -path '*/dist/*' -prune -exec rm -rf {} +
rm -rf node_modules/.bin node_modules/.package-lock.json /tmp/npm
find node_modules -type d -empty -delete
