import { loadConfig } from '../src/config.ts'
import { serve } from '../src/server.ts'

// The API as a process of its own, for start-api.ts. It tells its address on standard output.
console.log(JSON.stringify({ address: await serve(loadConfig(process.env)) }))
