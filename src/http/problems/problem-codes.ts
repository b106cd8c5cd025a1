import type { RefusalCode } from '../../domain/refusal.ts'
import type { ProblemKind } from './problem-kind.ts'
import { refusalKinds } from './refusal-kinds.ts'

/** Why a request fails before, beside or after the rules of the domain. */
type RequestProblemCode =
  | 'invalid_request'
  | 'malformed_json'
  | 'malformed_url'
  | 'malformed_request'
  | 'unauthenticated'
  | 'invalid_token'
  | 'forbidden'
  | 'not_found'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'idempotency_key_reused'
  | 'precondition_failed'
  | 'cursor_expired'
  | 'body_too_large'
  | 'uri_too_long'
  | 'unsupported_media_type'
  | 'headers_too_large'
  | 'rate_limited'
  | 'internal_error'
  | 'database_unavailable'
  | 'busy'
  | 'keys_unavailable'
  | 'incident_unsettleable'
  | 'not_ready'
  | 'shutting_down'

/** Why an administrator's word about the clock is not wanted. */
type ClockProblemCode = 'clock_is_sound'

/** What a registry (areas, units, categories, policies) has to say about a reference in a request. */
type RegistryProblemCode =
  | 'area_not_found'
  | 'area_not_reportable'
  | 'area_required'
  | 'category_not_found'
  | 'unit_not_found'
  | 'change_refused'
  | 'open_incidents'
  | 'planned_change_decided'

/** What the registry of people (人员) says against a token. */
type PersonProblemCode = 'person_mismatch' | 'person_not_active'

/**
 * Another incident that a request refers to, as the one to merge into, does not exist for the caller, or a case has no such
 * anonymous report; or somebody files a report who may do so for others only and names nobody, or rates one that they filed for
 * somebody else, who is asked instead.
 */
type ReferenceProblemCode = 'incident_not_found' | 'report_not_found' | 'on_behalf_required' | 'not_asked'

/** Every `code` that a problem document can carry: a closed union. */
export type ProblemCode =
  | RequestProblemCode
  | RegistryProblemCode
  | PersonProblemCode
  | ReferenceProblemCode
  | ClockProblemCode
  | RefusalCode

/**
 * The one table from code to status and title. It does not compile when a code is missing. A title says what happened
 * in general; what is wrong with this request stands in the problem's errors.
 */
export const problemKinds = {
  invalid_request: { status: 400, title: { zh: '请求内容不符合要求', en: 'The request is not valid' } },
  malformed_json: {
    status: 400,
    title: { zh: '请求体不是合格的 JSON', en: 'The body is not acceptable JSON' },
  },
  malformed_url: { status: 400, title: { zh: '网址格式错误', en: 'The URL is malformed' } },
  malformed_request: { status: 400, title: { zh: 'HTTP 请求格式错误', en: 'The HTTP request is malformed' } },
  unauthenticated: { status: 401, title: { zh: '需要登录', en: 'Authentication is required' } },
  invalid_token: {
    status: 401,
    title: { zh: '登录凭证无效或已过期', en: 'The access token is not valid or has expired' },
  },
  forbidden: { status: 403, title: { zh: '您的角色无权进行此操作', en: 'Your role may not do this' } },
  not_found: { status: 404, title: { zh: '未找到', en: 'Not found' } },
  route_not_found: { status: 404, title: { zh: '没有这个接口', en: 'There is nothing at this address' } },
  method_not_allowed: {
    status: 405,
    title: { zh: '此接口不支持该方法', en: 'The method is not allowed here' },
  },
  request_timeout: { status: 408, title: { zh: '请求发送超时', en: 'The request took too long to arrive' } },
  idempotency_key_reused: {
    status: 422,
    title: {
      zh: '该幂等键已用于另一个请求',
      en: 'This idempotency key was used for another request',
    },
  },
  precondition_failed: {
    status: 412,
    title: { zh: '数据已被他人更新，请刷新后重试', en: 'The object has changed since you read it' },
  },
  cursor_expired: {
    status: 410,
    title: {
      zh: '该位置已过期，请重新加载全部内容',
      en: 'What follows this cursor can no longer be told: load everything afresh',
    },
  },
  body_too_large: { status: 413, title: { zh: '请求体过大', en: 'The body is too large' } },
  uri_too_long: { status: 414, title: { zh: '网址过长', en: 'The URL is too long' } },
  unsupported_media_type: {
    status: 415,
    title: {
      zh: '不支持这种请求体：文件须为 text/csv，其余须为 application/json',
      en: 'The body is of a wrong type: files are text/csv, everything else application/json',
    },
  },
  headers_too_large: { status: 431, title: { zh: '请求头过大', en: 'The request headers are too large' } },
  rate_limited: {
    status: 429,
    title: { zh: '请求过于频繁，请稍后再试', en: 'Too many requests: please try again later' },
  },
  internal_error: { status: 500, title: { zh: '服务器内部错误', en: 'Something went wrong on our side' } },
  database_unavailable: {
    status: 503,
    title: {
      zh: '服务暂时不可用，请稍后原样重发',
      en: 'The service is unavailable for a moment: please send the same again later',
    },
  },
  busy: {
    status: 503,
    title: {
      zh: '服务繁忙，请稍后原样重发',
      en: 'The service is busy: please send the same again later',
    },
  },
  keys_unavailable: {
    status: 503,
    title: { zh: '暂时无法验证登录凭证，请稍后重试', en: 'Access tokens cannot be checked for the moment' },
  },
  incident_unsettleable: {
    status: 503,
    title: {
      zh: '该事件的超时处理出现故障，已列入待修，未保存任何内容，请稍后重试',
      en: 'What is overdue in this incident cannot be settled for the moment; nothing was stored, please try again later',
    },
  },
  not_ready: { status: 503, title: { zh: '服务尚未就绪', en: 'The service is not ready' } },
  shutting_down: { status: 503, title: { zh: '服务正在停止', en: 'The service is shutting down' } },

  area_not_found: { status: 422, title: { zh: '辖区不存在', en: 'There is no such area' } },
  area_not_reportable: {
    status: 422,
    title: { zh: '该辖区不受理线索', en: 'Reports cannot be made for this area' },
  },
  area_required: { status: 422, title: { zh: '请指明辖区', en: 'The area must be named' } },
  category_not_found: { status: 422, title: { zh: '事项类别不存在', en: 'There is no such category' } },
  unit_not_found: { status: 422, title: { zh: '单位不存在', en: 'There is no such unit' } },
  report_not_found: {
    status: 422,
    title: { zh: '此事件没有这条匿名线索', en: 'The case has no such anonymous report' },
  },
  on_behalf_required: {
    status: 422,
    title: {
      zh: '您的角色只能代他人反映，请填写被代办人',
      en: 'Your role reports for others only: say for whom',
    },
  },
  not_asked: {
    status: 403,
    title: {
      zh: '代办的线索由被代办人凭密钥评价，工作人员不能代评',
      en: 'You filed this for somebody else, who says by the secret link how it went',
    },
  },
  change_refused: {
    status: 422,
    title: { zh: '变更内容有误，未保存任何内容', en: 'The change does not fit; nothing of it was stored' },
  },
  open_incidents: {
    status: 409,
    title: {
      zh: '辖区内有未办结的事件，不能划入其他区县',
      en: 'An area with open incidents cannot be moved to another district',
    },
  },
  planned_change_decided: {
    status: 409,
    title: { zh: '该变更已生效、失效或撤回', en: 'The change does not wait any more' },
  },
  person_mismatch: {
    status: 403,
    title: {
      zh: '登录身份与登记的角色、辖区或单位不符',
      en: 'The token says another role, area or unit than the registry of people',
    },
  },
  person_not_active: {
    status: 403,
    title: {
      zh: '该人员不在登记的有效期内',
      en: 'The registry of people does not let this person act at present',
    },
  },
  incident_not_found: { status: 422, title: { zh: '所指事件不存在', en: 'There is no such incident' } },

  clock_is_sound: {
    status: 409,
    title: { zh: '时钟正常，无须确认', en: 'The clock is sound: there is nothing to accept' },
  },

  ...refusalKinds,
} as const satisfies Record<ProblemCode, ProblemKind>
