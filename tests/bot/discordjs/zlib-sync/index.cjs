// The part of zlib-sync that discord.js uses, on Node's own zlib: the real module is native code that a test
// machine would have to compile. With it present discord.js asks the gateway for compress=zlib-stream.
const zlib = require('node:zlib');

class Inflate {
  constructor({ chunkSize = 65536 } = {}) {
    this.stream = zlib.createInflate({ chunkSize });
    this.stream.setMaxListeners(0); // each call adds one
    // Node's synchronous path closes the handle after one chunk; the stream must go on.
    this.handle = this.stream._handle;
    this.handle.close = () => {};
    this.err = 0;
    this.msg = null;
    this.result = null;
    this.parts = [];
  }

  push(data, flush) {
    try {
      this.stream._handle = this.handle;
      this.parts.push(this.stream._processChunk(Buffer.from(data), zlib.constants.Z_SYNC_FLUSH));
      if (flush) {
        this.result = Buffer.concat(this.parts);
        this.parts = [];
      }
    } catch (error) {
      this.err = -1;
      this.msg = String(error);
    }
  }
}

module.exports = { Inflate, Z_SYNC_FLUSH: zlib.constants.Z_SYNC_FLUSH };
