# Procedures that the other scripts share. Written in Tcl 8.5, with no command that Vivado 2019.2 or 2025.2 lacks.

namespace eval shiftloom {
  variable options
  array set options {jobs 4 to bit part {} out {} strategy {}}
}

proc shiftloom::say {text} {
  puts "shiftloom: $text"
}

# Ends the script; `vivado -mode batch` then ends with exit code 1.
proc shiftloom::stop {text} {
  error "shiftloom: $text"
}

# Options behind -tclargs: --jobs 8 --to synth|impl|bit --part PART --out DIR --strategy NAME
proc shiftloom::read_options {arguments} {
  variable options
  foreach {name value} $arguments {
    set key [string range $name 2 end]
    if {[string range $name 0 1] ne "--" || ![info exists options($key)]} {
      stop "'$name' is no option. Options: --[join [lsort [array names options]] { --}]"
    }
    if {$value eq ""} {
      stop "$name needs a value"
    }
    set options($key) $value
  }
  if {[lsearch -exact {synth impl bit} $options(to)] < 0} {
    stop "--to is '$options(to)'; allowed: synth, impl, bit"
  }
}

# True if this Vivado is of the release or newer. Patch levels (2023.1.1) count as what they are.
proc shiftloom::at_least {release} {
  return [expr {[package vcompare [version -short] $release] >= 0}]
}

proc shiftloom::check_version {} {
  if {![at_least 2019.2]} {
    stop "this is Vivado [version -short]; 2019.2 or newer is needed"
  }
}

# The part to build for; stops if this Vivado does not have it.
proc shiftloom::part {config_part} {
  variable options
  set part [expr {$options(part) eq "" ? $config_part : $options(part)}]
  if {[llength [get_parts -quiet $part]] == 0} {
    stop "this Vivado does not know $part. Its devices may not be installed, or the edition may not cover it: the free one ends at the XC7Z030"
  }
  return $part
}

# Newest version of an IP of AMD's in this Vivado, {} if it has none.
proc shiftloom::newest_ip {name} {
  return [lindex [lsort -dictionary [get_ipdefs -quiet -all "xilinx.com:ip:$name:*"]] end]
}

# Waits for a run and stops if it did not come to its end: waiting itself never fails.
proc shiftloom::finish_run {run} {
  wait_on_run $run
  set progress [get_property PROGRESS [get_runs $run]]
  set status [get_property STATUS [get_runs $run]]
  if {$progress ne "100%" || [string match -nocase "*error*" $status]} {
    stop "$run ended with '$status' at $progress. Its log is [file join [get_property DIRECTORY [get_runs $run]] runme.log]"
  }
}

# Worst slack of the open design in ns, setup or hold.
proc shiftloom::worst_slack {delay_type} {
  set paths [get_timing_paths -delay_type $delay_type -max_paths 1 -nworst 1]
  if {[llength $paths] == 0} {
    stop "the design has no timed path: is there a clock?"
  }
  return [get_property SLACK [lindex $paths 0]]
}

# Timing, utilization and power of the open design, as text files and the slacks as JSON. Returns the worse of the two slacks.
proc shiftloom::write_reports {folder} {
  file mkdir $folder
  report_timing_summary -delay_type min_max -max_paths 10 -file [file join $folder timing_summary.rpt]
  report_utilization -hierarchical -file [file join $folder utilization_by_module.rpt]
  report_utilization -file [file join $folder utilization.rpt]
  report_power -file [file join $folder power.rpt]
  report_drc -file [file join $folder drc.rpt]
  set setup [worst_slack max]
  set hold [worst_slack min]
  set channel [open [file join $folder slack.json] w]
  puts $channel "{\"vivado\": \"[version -short]\", \"setup_ns\": $setup, \"hold_ns\": $hold}"
  close $channel
  say "worst slack: setup $setup ns, hold $hold ns"
  return [expr {$setup < $hold ? $setup : $hold}]
}
