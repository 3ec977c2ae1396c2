# The engine alone, synthesized and implemented out of context: the quickest honest figures of a design point.
#
#   vivado -mode batch -source ooc.tcl [-tclargs --part PART --out DIR]
#
# Power is reported with the activity of `shiftloom energy`, if the package has it.

set shiftloom_here [file dirname [file normalize [info script]]]
foreach script {common.tcl config.tcl} {
  source [file join $shiftloom_here $script]
}

proc shiftloom::out_of_context {config} {
  variable options
  check_version
  set part [part [dict get $config part]]
  set ip [file normalize [file join [dict get $config here] .. ip]]
  set out [file normalize [expr {$options(out) eq "" ? [file join [dict get $config here] out_of_context] : $options(out)}]]
  file mkdir $out
  # The Verilog names the memory files without a folder: they are looked for here.
  cd [file join $ip hdl]
  foreach file [dict get $config verilog] {
    read_verilog [file join $ip $file]
  }
  read_xdc -mode out_of_context [file join $ip constraints [dict get $config top]_ooc.xdc]
  synth_design -top [dict get $config top] -part $part -mode out_of_context
  cd $out
  opt_design
  place_design
  phys_opt_design
  route_design
  set saif [file normalize [file join [dict get $config here] .. power activity.saif]]
  if {[file exists $saif]} {
    read_saif $saif -strip_path [dict get $config top]
  }
  set slack [write_reports $out]
  write_checkpoint -force [file join $out [dict get $config top].dcp]
  if {$slack < 0} {
    stop "timing is not met by [expr {-$slack}] ns at [dict get $config mhz] MHz"
  }
}

shiftloom::read_options $argv
shiftloom::out_of_context [shiftloom::config $shiftloom_here]
