import { createServer } from 'node:http'

/** A program for the stack's tests: answers with its process id and environment, and ends itself on GET /crash. */
const port = Number(process.env.PORT ?? process.env.WORKER_PORT)
const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(7)
  response.end(JSON.stringify({ pid: process.pid, environment: process.env }))
})
server.listen(port, '127.0.0.1')
process.on('SIGTERM', () => {
  server.closeAllConnections()
  server.close()
})
