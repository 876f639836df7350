#!/usr/bin/env escript
%%! -kernel logger_level none
%% Erlang's side of the restart benchmark: a gen_server crashes in its handler, its supervisor restarts it, the next call
%% is answered. Prints a JSON list of microseconds, from the crash to the answer.
-mode(compile).
-export([start_supervisor/0, start_child/0, init/1, handle_call/3, handle_cast/2]).

main([Count]) ->
    logger:set_primary_config(level, none),
    ets:new(thrown, [named_table, public]),
    {ok, _} = start_supervisor(),
    Crashes = list_to_integer(Count),
    [crash() || _ <- lists:seq(1, 200)],
    Times = [crash() || _ <- lists:seq(1, Crashes)],
    io:format("[~s]~n", [lists:join(",", [float_to_list(T / 1000, [{decimals, 1}]) || T <- Times])]).

start_supervisor() -> supervisor:start_link({local, top}, ?MODULE, top).
start_child() -> gen_server:start_link({local, fragile}, ?MODULE, fragile, []).

init(top) ->
    Flags = #{strategy => one_for_one, intensity => 1000000, period => 1},
    {ok, {Flags, [#{id => fragile, start => {?MODULE, start_child, []}}]}};
init(fragile) ->
    {ok, 0}.

handle_call(tick, _From, Count) -> {reply, self(), Count + 1}.

handle_cast(crash, _Count) ->
    ets:insert(thrown, {at, erlang:monotonic_time(nanosecond)}),
    error(boom).

crash() ->
    Old = whereis(fragile),
    gen_server:cast(fragile, crash),
    next(Old),
    [{at, Thrown}] = ets:lookup(thrown, at),
    erlang:monotonic_time(nanosecond) - Thrown.

next(Old) ->
    try gen_server:call(fragile, tick) of
        Old -> next(Old);
        _ -> ok
    catch
        exit:_ -> erlang:yield(), next(Old)
    end.
