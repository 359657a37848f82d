// Answers each call that comes in on a trunk, asks for a digit, and says which it was.
//   trunkd schema > schema.json; node examples/node/answer.js schema.json SOCKET TRUNK
'use strict'
const fs = require('node:fs')
const { Trunkd } = require('./trunkd.js')

async function main (schema, path, trunk) {
  const trunkd = new Trunkd(JSON.parse(fs.readFileSync(schema, 'utf8')), path)
  const welcome = await trunkd.hello({ client: 'node' })
  trunkd.on('Delivered', call => {
    if (call.direction === 'in') trunkd.answerCall({ callId: call.callId }).catch(console.error)
  })
  trunkd.on('Established', ({ callId }) => {
    trunkd.startDigitsCollection({ callId, maxDigits: 1, firstTimeout: 30 }).catch(console.error)
  })
  trunkd.on('DigitsCollected', ({ callId, digits, reason }) => {
    console.log(`call ${callId}: ${digits} (${reason})`)
    if (reason !== 'ended') trunkd.clearConnection({ callId }).catch(console.error)
  })
  await trunkd.subscribe({ trunks: [trunk] })
  console.log(`waiting for calls: ${welcome.product}, ${trunkd.schema.methods.length} methods`)
}

main(...process.argv.slice(2)).catch(error => {
  console.error(error.message)
  process.exit(1)
})
