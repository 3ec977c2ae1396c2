# The packager's commands (ipx::): a core with its interfaces, memory maps, registers and fields.

namespace eval model {
  variable core
  array set core {open 0 interfaces {} clocks {} maps {} blocks {} registers {} fields {} done {}}

  command ipx::package_project {-root_dir -vendor -library -taxonomy -set_current} {-import_files -force} 0 0 {
    variable core
    variable state
    need_project
    foreach needed {root_dir vendor library taxonomy} { if {![info exists opt($needed)]} { fail "ipx::package_project: -$needed is needed" } }
    if {$state(top) eq {}} { fail "ipx::package_project: no top" }
    set core(open) 1
    set core(folder) $opt(root_dir)
    set core(maps) {reg0}
  }
  command ipx::current_core {} {} 0 0 { variable core; if {!$core(open)} { fail "no core is open" } ; return core:it }
  command ipx::remove_all_bus_interface {} {} 1 1 { variable core; need_core $words; set core(interfaces) {} }
  command ipx::get_memory_maps {-of_objects} {} 0 1 { variable core; need_core $opt(of_objects); set found {}; foreach map $core(maps) { lappend found map:$map } ; return $found }
  command ipx::remove_memory_map {} {} 2 2 { variable core; need_core [lindex $words 1]; set core(maps) [lsearch -all -inline -not -exact $core(maps) [lindex $words 0]] }
  command ipx::infer_bus_interface {} {} 3 3 {
    variable core
    variable engine
    need_core [lindex $words 2]
    foreach port [lindex $words 0] { if {[lsearch -exact [dict get $engine ports] $port] < 0} { fail "ipx::infer_bus_interface: no port '$port'" } }
    if {![regexp {^xilinx\.com:(interface:(aximm|axis)|signal:(clock|reset|interrupt))_rtl:1\.0$} [lindex $words 1]]} { fail "ipx::infer_bus_interface: no bus '[lindex $words 1]'" }
    lappend core(interfaces) [lindex $words 0]
  }
  command ipx::get_bus_interfaces {-of_objects} {} 1 1 { return interface:[lindex $words 0] }
  command ipx::associate_bus_interfaces {-busif -clock -reset} {} 1 1 {
    variable core
    need_core $words
    if {$opt(clock) ne "aclk"} { fail "ipx::associate_bus_interfaces: no clock '$opt(clock)'" }
    lappend core(clocks) [expr {[info exists opt(busif)] ? $opt(busif) : $opt(reset)}]
  }
  command ipx::add_memory_map {} {} 2 2 { return [add_part maps map $words] }
  command ipx::add_address_block {} {} 2 2 { return [add_part blocks block $words] }
  command ipx::add_register {} {} 2 2 { return [add_part registers register $words] }
  command ipx::add_field {} {} 2 2 { variable core; lappend core(fields) [lindex $words 1]/[lindex $words 0]; return field:[lindex $words 0] }
  foreach step {create_xgui_files update_checksums check_integrity save_core} {
    command ipx::$step {} {} 1 1 "need_core \$words; variable core; lappend core(done) $step"
  }
}

proc model::need_core {object} {
  if {$object ne "core:it"} {
    fail "ipx: '$object' is no core"
  }
}
proc model::add_part {key kind words} {
  variable core
  if {[lindex $words 1] eq {}} {
    fail "ipx::add_$kind: nothing to add it to"
  }
  if {[lsearch -exact $core($key) [lindex $words 0]] >= 0} {
    fail "ipx::add_$kind: '[lindex $words 0]' is there already"
  }
  lappend core($key) [lindex $words 0]
  return $kind:[lindex $words 0]
}
