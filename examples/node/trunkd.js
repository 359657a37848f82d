// A client of trunkd for Node.js, made from its schema: `trunkd schema > schema.json`.
// Each method of the document is a function; events and frames are emitted by name.
'use strict'
const net = require('node:net')
const { EventEmitter } = require('node:events')

class Trunkd extends EventEmitter {
  constructor (schema, path) {
    super()
    this.schema = schema
    this.last = 0
    this.waiting = new Map()
    this.rest = ''
    for (const method of schema.methods) {
      this[method.name] = (params = {}) => this.request(method, params)
    }
    this.socket = net.connect(path)
    this.socket.setEncoding('utf8')
    this.socket.on('data', data => this.receive(data))
    this.socket.on('error', error => this.end(error))
    this.socket.on('close', () => this.end(new Error('trunkd closed the connection')))
  }

  request (method, params) {
    const known = new Set(method.params.map(p => p.name))
    const unknown = Object.keys(params).filter(name => !known.has(name))
    const missing = method.params.filter(p => p.required && !(p.name in params)).map(p => p.name)
    if (unknown.length || missing.length) {
      return Promise.reject(new TypeError(`${method.name}: unknown ${unknown}, missing ${missing}`))
    }
    const id = ++this.last
    this.socket.write(JSON.stringify({ jsonrpc: '2.0', id, method: method.name, params }) + '\n')
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }))
  }

  receive (data) {
    const lines = (this.rest + data).split('\n')
    this.rest = lines.pop()
    for (const line of lines) {
      const message = JSON.parse(line)
      if (message.method === 'event') {
        this.emit(message.params.event, message.params)
        this.emit('any', message.params)
      } else if (message.method === 'frame') {
        this.emit('frame', message.params)
      } else {
        const { resolve, reject } = this.waiting.get(message.id)
        this.waiting.delete(message.id)
        message.error ? reject(Object.assign(new Error(), message.error)) : resolve(message.result)
      }
    }
  }

  end (error) {
    for (const { reject } of this.waiting.values()) reject(error)
    this.waiting.clear()
  }

  close () { this.socket.end() }
}

module.exports = { Trunkd }
