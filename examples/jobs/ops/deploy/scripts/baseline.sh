#!/usr/bin/env bash
# A workspace is empty when a run begins: put up what a visitor sees before the first release.

mkdir -p www/releases/placeholder
echo 'Coming soon.' >www/releases/placeholder/index.html
ln -s releases/placeholder www/current
echo 'live: placeholder'
