'use strict';
// The first JavaScript of every command. It parses on old versions of Node, so that a wrong one is told in a
// sentence, and it settles what has to be settled before any module is loaded.

var path = require('node:path');
var root = path.join(__dirname, '..');

/** Modules are read and compiled once; Node that is too old for it is refused below. */
var enableCompileCache = require('node:module').enableCompileCache;
if (enableCompileCache) enableCompileCache(path.join(root, 'node_modules', '.cache', 'kaggle-agent'));

/** NO_COLOR wins; Node lets FORCE_COLOR win, and warns as soon as a module asks for colours. */
if (process.env.NO_COLOR && process.env.FORCE_COLOR) delete process.env.FORCE_COLOR;

function refuse(sentence) {
  process.stderr.write(`error  ${sentence}\n       Run: script/setup\n`);
  process.exit(3);
}

if (Number(process.versions.node.split('.')[0]) < 24) {
  refuse(
    `Kaggle Agent brings its own Node 24, and it is not installed yet; this is Node ${process.versions.node}.`,
  );
} else {
  import(path.join(root, 'src', 'main.ts')).catch((error) => {
    if (error && error.code === 'ERR_MODULE_NOT_FOUND' && /^Cannot find package/.test(error.message)) {
      refuse(
        `${error.message.split(' imported ')[0]}: the packages that Kaggle Agent needs are not all installed.`,
      );
    } else {
      throw error;
    }
  });
}
