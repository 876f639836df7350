// Every case of Erlang/OTP's supervisor_SUITE (lib/stdlib/test), by its own name, in its order: whether it is kept here
// as it is, adapted (and how), or left out (and why). The tests are in the files beside this one.

type Standing = 'ported' | { readonly adapted: string } | { readonly left: string }

const mapsOnly = 'specs and flags are maps only; OTP has an older form with tuples'
const upgrade = '`change` stands where OTP replaces the code of a running supervisor'
const paused =
  'the failing start takes no time here; pauses between restarts keep the child in its restarting state'

export const cases = {
  // sup_start
  sup_start_normal: 'ported',
  sup_start_ignore_init: 'ported',
  sup_start_ignore_child: 'ported',
  sup_start_ignore_temporary_child: 'ported',
  sup_start_ignore_temporary_child_start_child: 'ported',
  sup_start_ignore_temporary_child_start_child_simple: 'ported',
  sup_start_ignore_permanent_child_start_child_simple: 'ported',
  sup_start_error_return: 'ported',
  sup_start_fail: 'ported',
  sup_start_child_returns_error: 'ported',
  sup_start_restart_child_returns_error: 'ported',
  sup_start_child_returns_error_simple: 'ported',
  // sup_start_map
  sup_start_map: { adapted: 'no `modules` in a spec: there is no code loading' },
  sup_start_map_simple: { adapted: 'no `modules` in a spec: there is no code loading' },
  sup_start_map_faulty_specs: 'ported',
  // sup_stop
  sup_stop_infinity: 'ported',
  sup_stop_timeout: 'ported',
  sup_stop_timeout_dynamic: 'ported',
  sup_stop_brutal_kill: 'ported',
  sup_stop_brutal_kill_dynamic: 'ported',
  sup_stop_race: 'ported',
  sup_stop_non_shutdown_exit_dynamic: {
    adapted:
      'an actor that is told to stop does not choose another reason: the children end by themselves while the ' +
      'supervisor waits for a slow one',
  },
  // the functions, and what they are given
  child_adm: {
    adapted: 'no hibernation, and no process to call that never was: an unknown address is noproc',
  },
  child_adm_simple: { adapted: 'no hibernation' },
  extra_return: 'ported',
  child_specs: { adapted: mapsOnly },
  child_specs_map: { adapted: 'no `modules`, and `src` names a kind where OTP has a function' },
  sup_flags: { adapted: mapsOnly },
  multiple_restarts: 'ported',
  // restarts
  one_for_one: 'ported',
  one_for_one_escalation: 'ported',
  one_for_all: 'ported',
  one_for_all_escalation: 'ported',
  one_for_all_other_child_fails_restart: 'ported',
  simple_one_for_one: 'ported',
  simple_one_for_one_shutdown: 'ported',
  simple_one_for_one_extra: 'ported',
  simple_one_for_one_escalation: 'ported',
  simple_one_for_one_corruption: {
    adapted: 'what the supervisor stores is measured, where OTP measures its heap',
  },
  simple_one_for_one_restart_ignore: 'ported',
  rest_for_one: 'ported',
  rest_for_one_escalation: 'ported',
  rest_for_one_other_child_fails_restart: 'ported',
  // terminations
  external_start_no_progress_log: { adapted: 'facts stand where OTP has progress reports' },
  permanent_normal: 'ported',
  transient_normal: 'ported',
  temporary_normal: 'ported',
  permanent_shutdown: 'ported',
  transient_shutdown: 'ported',
  temporary_shutdown: 'ported',
  faulty_application_shutdown: { adapted: 'a node stands where OTP has an application' },
  permanent_abnormal: 'ported',
  transient_abnormal: 'ported',
  temporary_abnormal: 'ported',
  // misc
  child_unlink: { adapted: 'no links to cut: the naughty child does not listen to its abort signal' },
  tree: 'ported',
  // significant
  nonsignificant_temporary: 'ported',
  nonsignificant_transient: 'ported',
  significant_temporary: 'ported',
  significant_transient: 'ported',
  significant_simple: 'ported',
  significant_bystander: 'ported',
  significant_escalation: 'ported',
  significant_upgrade_never_any: { adapted: upgrade },
  significant_upgrade_any_never: { adapted: upgrade },
  significant_upgrade_never_all: { adapted: upgrade },
  significant_upgrade_all_never: { adapted: upgrade },
  significant_upgrade_any_all: { adapted: upgrade },
  significant_upgrade_all_any: { adapted: upgrade },
  significant_upgrade_child: { adapted: upgrade },
  // misc
  count_children: { adapted: '300 and then 600 children: each start here is two durable commits' },
  count_children_supervisor: { adapted: '200 and then 400 children' },
  count_restarting_children: { adapted: paused },
  get_callback_module: {
    left: 'a supervisor here is flags and children, there is no callback module to ask for',
  },
  do_not_save_start_parameters_for_temporary_children: {
    adapted: 'what the supervisor stores is measured, where OTP measures its state in memory',
  },
  do_not_save_child_specs_for_temporary_children: 'ported',
  simple_one_for_one_scale_many_temporary_children: { adapted: '50 and 500 children, bound 50 as in OTP' },
  temporary_bystander: 'ported',
  simple_global_supervisor: { adapted: 'every address is a global name here' },
  hanging_restart_loop: { adapted: paused },
  hanging_restart_loop_rest_for_one: { adapted: paused },
  hanging_restart_loop_simple: { adapted: paused },
  code_change: { adapted: `${upgrade}; ${mapsOnly}` },
  code_change_map: { adapted: upgrade },
  code_change_simple: { adapted: `${upgrade}; ${mapsOnly}` },
  code_change_simple_map: { adapted: upgrade },
  order_of_children: 'ported',
  scale_start_stop_many_children: { adapted: '50 and 500 children, ten times linear as in OTP' },
  format_log_1: { adapted: 'the fact child.failed stands where OTP has a report, and names the same things' },
  format_log_2: { adapted: 'the fact actor.gave_up stands where OTP has a report' },
  already_started_outside_supervisor: 'ported',
  which_children: 'ported',
  which_children_simple_one_for_one: 'ported',
} as const satisfies Readonly<Record<string, Standing>>

export type CaseName = keyof typeof cases
