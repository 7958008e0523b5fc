// The ping answers at once; everything else is CAP's own generic handling.
const cds = require('@sap/cds')

module.exports = class PingService extends cds.ApplicationService {
  init() {
    this.on('ping', () => 'pong')
    return super.init()
  }
}
