// Machine
//
// Shows the source a machine with a network, as in production. The sandbox has none.

'use strict'

const { syncBuiltinESMExports } = require('node:module')
const os = require('node:os')

const OWN = { address: '192.168.1.23', netmask: '255.255.255.0', family: 'IPv4', cidr: '192.168.1.23/24' }
const LOCAL = { address: '127.0.0.1', netmask: '255.0.0.0', family: 'IPv4', cidr: '127.0.0.1/8' }

function lookConnected() {
  os.networkInterfaces = function networkInterfaces() {
    return {
      lo: [{ ...LOCAL, mac: '00:00:00:00:00:00', internal: true }],
      eth0: [{ ...OWN, mac: '3c:52:82:6f:10:a4', internal: false }],
    }
  }
  syncBuiltinESMExports()
}

module.exports = { lookConnected }
