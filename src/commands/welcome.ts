import type { DevelopmentIssuer, TokenRequest } from '../http/authentication/development-issuer.ts'

const tokenLifetimeMs = 30 * 24 * 60 * 60 * 1000

const district = '420202000000'
const street = '420202007000'
const community = '420202007001'
const unit = '420202-fire-rescue'

/** The people of the story, each with a shell variable for their token. */
const people = [
  ['RESIDENT', '居民 resident', { role: 'resident', sub: 'resident-zhang' }],
  ['GRID_WORKER', '文化宫社区网格员 grid worker', { role: 'grid_worker', area: community, sub: 'grid-li' }],
  [
    'COMMUNITY',
    '文化宫社区值班台 community desk',
    { role: 'dispatcher', area: community, sub: 'desk-community' },
  ],
  ['STREET', '胜阳港街道值班台 street desk', { role: 'dispatcher', area: street, sub: 'desk-street' }],
  ['DISTRICT', '黄石港区值班台 district desk', { role: 'dispatcher', area: district, sub: 'desk-district' }],
  ['RESPONDER', '消防救援大队 responder', { role: 'responder', unit, sub: 'fire-wang' }],
  ['AUDITOR', '黄石市督查员 auditor', { role: 'auditor', area: '420200000000', sub: 'auditor-chen' }],
  [
    'ADMINISTRATOR',
    '黄石市管理员 administrator',
    { role: 'administrator', area: '420200000000', sub: 'admin-liu' },
  ],
] as const satisfies readonly (readonly [string, string, Omit<TokenRequest, 'lifetimeMs'>])[]

/** What `npm start` prints: where the system is, tokens, and the whole story in lines to paste one after the other. */
export async function welcome({
  address,
  issuer,
  logs,
}: {
  readonly address: string
  readonly issuer: DevelopmentIssuer
  /** The folder that holds the processes' logs. */
  readonly logs: string
}): Promise<string> {
  const tokens = await Promise.all(
    people.map(async ([name, who, request]) => {
      const token = await issuer.issueToken({ ...request, lifetimeMs: tokenLifetimeMs })
      return `# ${who}\nexport ${name}='${token}'`
    }),
  )
  return `
吹哨报到 whistle-report 已就绪 is ready

  API         ${address}
  文档 docs   ${address}/docs
  日志 logs   ${logs}/*.log

令牌 Tokens (30 天有效 good for 30 days):

${tokens.join('\n')}

整个故事，逐行粘贴即可 The whole story, to paste line by line:

export API=${address}
whistle() { who=$1; route=$2; shift 2; curl -sS "$API$route" -H "Authorization: Bearer $who" -H 'Accept-Language: zh' "$@"; echo; }
act() { whistle "$1" "/v1/$2" -H 'Content-Type: application/json' -H "Idempotency-Key: $(date +%s%N)" -d "$3"; }
brief() { sed 's/,"deadlines":.*,"event":/, …, "event":/'; }

# 1 居民反映：消防通道被堵 A resident reports a blocked fire lane
REPORT=$(act "$RESIDENT" reports '{"categoryCode":"fire_lane_blocked","areaCode":"${community}","description":"文化宫社区3栋楼下消防通道被三辆私家车堵住，消防车进不来","address":"黄石港区文化宫社区3栋"}'); echo "$REPORT" | brief
ID=$(echo "$REPORT" | sed 's/.*"incidentId":"\\([^"]*\\)".*/\\1/'); OWN=$(echo "$REPORT" | sed 's/.*"reportId":"\\([^"]*\\)".*/\\1/')
# 2 网格员核实上报 The grid worker checks it and hands it up
act "$GRID_WORKER" incidents/$ID/report-up '{"text":"现场核实属实，需要街道协调"}' | brief
# 3 街道吹哨 The street whistles the fire brigade
act "$STREET" incidents/$ID/whistle '{"lead":"${unit}"}' | brief
# 4 消防报到，到场 The fire brigade reports in, and arrives
act "$RESPONDER" incidents/$ID/accept '{}' | brief
act "$RESPONDER" incidents/$ID/arrive '{}' | brief
# 5 答复居民 The street answers the resident
act "$STREET" incidents/$ID/feedback '{"text":"消防人员已到场，正在联系车主挪车"}' | brief
# 6 办结 The case is resolved
act "$RESPONDER" incidents/$ID/resolve '{"text":"车辆已全部挪走，通道恢复畅通"}' | brief
# 7 居民评价：已解决，即结案 The resident says that it worked, which closes the case
act "$RESIDENT" reports/$OWN/rating '{"solved":true,"satisfaction":5}'
# 8 居民看到的进展 What the resident sees
whistle "$RESIDENT" /v1/reports/$OWN
# 9 完整经过，每一步都有哈希 The whole timeline, each step with its hash
whistle "$DISTRICT" /v1/incidents/$ID/timeline
# 10 督查：本月各街道的时限统计 The auditor's summary of this month
whistle "$AUDITOR" '/v1/audit/breaches/summary?level=street'

停止请按 Ctrl-C；数据保留，下次启动继续。 Ctrl-C stops everything; the data stays.
`
}
