// Mocha files
//
// Runs only the named files, whatever the configuration of mocha names. Preloaded inside the sandbox.
//
// Mocha adds the files of its configuration to those on the command line; its own reading of options is replaced.

const { join } = require('node:path')

const files = JSON.parse(process.env.CANOPY_FILES ?? '[]')
const mocha = process.env.CANOPY_MOCHA ?? ''

for (const name of ['options.cjs', 'options.js']) {
  try {
    const options = require(join(mocha, 'lib/cli', name))
    const { loadOptions } = options
    options.loadOptions = (...given) => {
      const { spec: _, ...read } = loadOptions(...given)
      return { ...read, _: files }
    }
    break
  } catch {
    // The file of another version.
  }
}
