# Runs a script against the model:  tclsh run.tcl RELEASE ENGINE.tcl FAULTS BOARDS SCRIPT [arguments of the script]
# ENGINE.tcl sets the dictionary `engine` and `ddr_bytes`. Prints what was done and `ok`, or what was wrong and ends with 1.

set folder [file dirname [file normalize [info script]]]
foreach file {commands.tcl ip_catalog.tcl properties.tcl block_design.tcl packager.tcl} {
  source [file join $folder $file]
}
lassign $argv model::release engine_file model::faults model::boards script
set argv [lrange $argv 5 end]
set argc [llength $argv]
namespace eval model [list source $engine_file]
if {[catch {source $script} message]} {
  puts stderr $message
  exit 1
}
foreach {kind value} [list calls [llength $model::log] reports [lsort -unique $model::state(reports)] read [expr {[info exists model::state(saif)] ? $model::state(saif) : {}}] \
    core "$model::core(open) [llength $model::core(interfaces)] [lsort $model::core(clocks)] [llength $model::core(registers)] [llength $model::core(fields)] $model::core(done)" \
    commands [lsort -unique [lmap call $model::log {lindex $call 0}]]] {
  puts "$kind: $value"
}
puts ok
